resource "aws_security_group" "alb" {
  #checkov:skip=CKV2_AWS_5:attached by the alb module
  name        = "${var.name}-alb"
  description = "Load balancer: HTTPS in from the allowed addresses, out to the chat only"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "chat" {
  #checkov:skip=CKV2_AWS_5:attached by the ecs module
  name        = "${var.name}-chat"
  description = "Chat tasks: in from the load balancer only"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "worker" {
  #checkov:skip=CKV2_AWS_5:attached by the ecs module
  name        = "${var.name}-worker"
  description = "Collector and migration tasks: nothing comes in"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "database" {
  #checkov:skip=CKV2_AWS_5:attached by the rds module
  name        = "${var.name}-database"
  description = "PostgreSQL: in from the tasks only, nothing goes out"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "cache" {
  #checkov:skip=CKV2_AWS_5:attached by the redis module
  name        = "${var.name}-cache"
  description = "Redis: in from the tasks only, nothing goes out"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "alb_https" {
  for_each = toset(var.allowed_cidrs)

  security_group_id = aws_security_group.alb.id
  description       = "HTTPS from ${each.value}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "alb_http" {
  #checkov:skip=CKV_AWS_260:port 80 only redirects to 443
  for_each = toset(var.allowed_cidrs)

  security_group_id = aws_security_group.alb.id
  description       = "HTTP from ${each.value}, redirected to HTTPS"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_egress_rule" "alb_chat" {
  security_group_id            = aws_security_group.alb.id
  description                  = "To the chat tasks"
  referenced_security_group_id = aws_security_group.chat.id
  ip_protocol                  = "tcp"
  from_port                    = var.chat_port
  to_port                      = var.chat_port
}

resource "aws_vpc_security_group_ingress_rule" "chat_alb" {
  security_group_id            = aws_security_group.chat.id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.alb.id
  ip_protocol                  = "tcp"
  from_port                    = var.chat_port
  to_port                      = var.chat_port
}

locals {
  tasks = {
    chat   = aws_security_group.chat.id
    worker = aws_security_group.worker.id
  }
}

# Feeds, the model provider and the AWS APIs are all HTTPS.
resource "aws_vpc_security_group_egress_rule" "task_https" {
  for_each = local.tasks

  security_group_id = each.value
  description       = "HTTPS to feeds, model provider and AWS APIs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "task_database" {
  for_each = local.tasks

  security_group_id            = each.value
  description                  = "To PostgreSQL"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "task_cache" {
  for_each = local.tasks

  security_group_id            = each.value
  description                  = "To Redis"
  referenced_security_group_id = aws_security_group.cache.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each = local.tasks

  security_group_id            = aws_security_group.database.id
  description                  = "PostgreSQL from the ${each.key} tasks"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  for_each = local.tasks

  security_group_id            = aws_security_group.cache.id
  description                  = "Redis from the ${each.key} tasks"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}
