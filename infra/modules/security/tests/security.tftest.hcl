mock_provider "aws" {}

variables {
  name   = "omc-test"
  vpc_id = "vpc-1"
}

run "only_the_load_balancer_reaches_the_chat" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.chat_alb.referenced_security_group_id == aws_security_group.alb.id
    error_message = "The chat must be reached from the load balancer only."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.chat_alb.from_port == 8000 && aws_vpc_security_group_ingress_rule.chat_alb.to_port == 8000
    error_message = "The chat must be reached on its port only."
  }
}

run "only_the_tasks_reach_the_data" {
  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.database), values(aws_vpc_security_group_ingress_rule.cache)) :
      rule.cidr_ipv4 == null
    ])
    error_message = "No address range may reach the database or the cache."
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.database)) == toset(["chat", "worker"])
    error_message = "Both kinds of task must reach the database, and nothing else."
  }
}

run "the_load_balancer_opens_to_the_allowed_addresses_only" {
  variables {
    allowed_cidrs = ["203.0.113.0/24"]
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.alb_https : rule.cidr_ipv4] == ["203.0.113.0/24"]
    error_message = "HTTPS must be open to allowed_cidrs only."
  }
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    allowed_cidrs = ["everywhere"]
  }

  expect_failures = [var.allowed_cidrs]
}
