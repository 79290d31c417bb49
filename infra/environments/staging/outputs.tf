output "url" {
  description = "Where the chat answers, once the public name points at the load balancer."
  value       = module.stack.url
}

output "load_balancer" {
  description = "Address to point the public name at."
  value       = module.stack.load_balancer
}

output "repository_url" {
  description = "Where images are pushed."
  value       = module.stack.repository_url
}

output "cluster" {
  description = "Cluster, as the deploy script names it."
  value       = module.stack.cluster
}

output "services" {
  description = "Services, as the deploy script names them."
  value       = module.stack.services
}

output "task_families" {
  description = "Task definition family of each role."
  value       = module.stack.task_families
}

output "network" {
  description = "Where one-off tasks run."
  value       = module.stack.network
}

output "alarm_topic_arn" {
  description = "Topic of the alarms."
  value       = module.stack.alarm_topic_arn
}

output "alarm_names" {
  description = "Every alarm."
  value       = module.stack.alarm_names
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = module.stack.dashboard
}

output "artifacts_bucket" {
  description = "Bucket of the artifacts."
  value       = module.stack.artifacts_bucket
}

output "secret_arns" {
  description = "Secrets by name."
  value       = module.stack.secret_arns
}

output "redis_replication_group" {
  description = "Group whose token is rotated by script."
  value       = module.stack.redis_replication_group
}
