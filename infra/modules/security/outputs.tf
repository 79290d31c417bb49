output "alb_security_group_id" {
  description = "Group of the load balancer."
  value       = aws_security_group.alb.id
}

output "chat_security_group_id" {
  description = "Group of the chat tasks."
  value       = aws_security_group.chat.id
}

output "worker_security_group_id" {
  description = "Group of the collector and migration tasks."
  value       = aws_security_group.worker.id
}

output "database_security_group_id" {
  description = "Group of PostgreSQL."
  value       = aws_security_group.database.id
}

output "cache_security_group_id" {
  description = "Group of Redis."
  value       = aws_security_group.cache.id
}
