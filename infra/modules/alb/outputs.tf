output "dns_name" {
  description = "Address of the load balancer: point the public name at it."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Hosted zone of the load balancer, for an alias record."
  value       = aws_lb.this.zone_id
}

output "arn_suffix" {
  description = "The load balancer, as its metrics name it."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn" {
  description = "Where the chat tasks register."
  value       = aws_lb_target_group.chat.arn
}

output "target_group_arn_suffix" {
  description = "The target group, as its metrics name it."
  value       = aws_lb_target_group.chat.arn_suffix
}

output "https_listener_arn" {
  description = "The listener; the service waits for it."
  value       = aws_lb_listener.https.arn
}
