output "identifier" {
  description = "Identifier of the instance, as its alarms name it."
  value       = aws_db_instance.this.identifier
}

output "address" {
  description = "Host name of the database."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port of the database."
  value       = aws_db_instance.this.port
}

output "database" {
  description = "Name of the live database."
  value       = aws_db_instance.this.db_name
}

output "master_secret_arn" {
  description = "Secret that RDS keeps and rotates: username and password."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}
