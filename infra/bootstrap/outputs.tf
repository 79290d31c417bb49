output "state_bucket" {
  description = "Bucket for -backend-config=bucket=…."
  value       = aws_s3_bucket.state.id
}

output "deploy_role_arns" {
  description = "Role the pipeline assumes, per environment."
  value       = { for name, role in aws_iam_role.deploy : name => role.arn }
}

output "plan_role_arn" {
  description = "Role that pull requests plan with; it changes nothing."
  value       = aws_iam_role.plan.arn
}
