output "state_bucket" {
  description = "Bucket for -backend-config=bucket=…."
  value       = aws_s3_bucket.state.id
}

output "deploy_role_arns" {
  description = "Role the pipeline assumes, per environment."
  value       = { for name, role in aws_iam_role.deploy : name => role.arn }
}
