output "replication_group_id" {
  description = "The group, as the token script names it."
  value       = aws_elasticache_replication_group.this.id
}

output "primary_endpoint" {
  description = "Host name of the primary."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "member_ids" {
  description = "Names of the nodes, as their alarms name them."
  value       = [for index in range(var.nodes) : format("%s-%03d", var.name, index + 1)]
}
