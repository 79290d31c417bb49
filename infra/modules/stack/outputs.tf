output "url" {
  description = "Where the chat answers, once the public name points at the load balancer."
  value       = "https://${var.public_host}"
}

output "load_balancer" {
  description = "Address to point the public name at."
  value       = module.alb.dns_name
}

output "repository_url" {
  description = "Where images are pushed."
  value       = module.ecr.repository_url
}

output "cluster" {
  description = "Cluster, as the deploy script names it."
  value       = module.ecs.cluster_name
}

output "services" {
  description = "Services, as the deploy script names them."
  value       = { chat = module.ecs.chat_service_name, collector = module.ecs.collector_service_name }
}

output "task_families" {
  description = "Task definition family of each role."
  value       = module.ecs.task_families
}

output "network" {
  description = "Where one-off tasks run."
  value = {
    subnets         = module.vpc.private_subnet_ids
    security_groups = [module.security.worker_security_group_id]
  }
}

output "alarm_topic_arn" {
  description = "Topic of the alarms."
  value       = module.monitoring.topic_arn
}

output "alarm_names" {
  description = "Every alarm."
  value       = module.monitoring.alarm_names
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = module.monitoring.dashboard_name
}

output "artifacts_bucket" {
  description = "Bucket of the artifacts."
  value       = module.storage.artifacts_bucket
}

output "secret_arns" {
  description = "Secrets by name."
  value       = merge(module.secrets.arns, { "database/credentials" = aws_secretsmanager_secret.database.arn })
}

output "redis_replication_group" {
  description = "Group whose token is rotated by script."
  value       = module.redis.replication_group_id
}
