output "kms_key_arn" {
  description = "The environment's own key."
  value       = aws_kms_key.this.arn
}

output "arns" {
  description = "ARN of each secret, by its name without the prefix."
  value = merge(
    { for key, secret in aws_secretsmanager_secret.provided : key => secret.arn },
    { for key, secret in aws_secretsmanager_secret.generated : key => secret.arn },
  )
}
