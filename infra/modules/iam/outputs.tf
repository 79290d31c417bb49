output "execution_role_arn" {
  description = "Role with which ECS starts the tasks."
  value       = aws_iam_role.execution.arn
}

output "task_role_arn" {
  description = "Role of the program in the tasks."
  value       = aws_iam_role.task.arn
}

output "rds_monitoring_role_arn" {
  description = "Role of enhanced monitoring."
  value       = aws_iam_role.rds_monitoring.arn
}

output "restart_role_arn" {
  description = "Role with which the scheduler starts the tasks anew."
  value       = aws_iam_role.restart.arn
}
