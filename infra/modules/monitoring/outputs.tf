output "log_groups" {
  description = "Log group of each role."
  value       = { for role, group in aws_cloudwatch_log_group.this : role => group.name }
}

output "log_group_arns" {
  description = "ARNs of the log groups."
  value       = [for group in aws_cloudwatch_log_group.this : group.arn]
}

output "topic_arn" {
  description = "Topic that alarms are published to."
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "Every alarm."
  value       = concat([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name], [aws_cloudwatch_metric_alarm.error_rate.alarm_name])
}

output "dashboard_name" {
  description = "The dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
