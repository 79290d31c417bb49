output "artifacts_bucket" {
  description = "Name of the artifact bucket."
  value       = aws_s3_bucket.artifacts.id
}

output "artifacts_bucket_arn" {
  description = "ARN of the artifact bucket."
  value       = aws_s3_bucket.artifacts.arn
}

output "logs_bucket" {
  description = "Name of the access log bucket."
  value       = aws_s3_bucket.logs.id

  # The load balancer tries to write when it is told of the bucket: the policy must let it by then.
  depends_on = [aws_s3_bucket_policy.this]
}
