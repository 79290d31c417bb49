output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "chat_service_name" {
  description = "Name of the chat service."
  value       = aws_ecs_service.chat.name
}

output "collector_service_name" {
  description = "Name of the collector service."
  value       = aws_ecs_service.collector.name
}

output "task_families" {
  description = "Task definition family of each role."
  value       = { for role, definition in aws_ecs_task_definition.this : role => definition.family }
}
