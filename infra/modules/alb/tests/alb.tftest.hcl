mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:loadbalancer/app/omc-test/1" }
  }

  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:targetgroup/omc-test-chat/1" }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:listener/app/omc-test/1/2" }
  }
}

variables {
  name              = "omc-test"
  vpc_id            = "vpc-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  certificate_arn   = "arn:aws:acm:ap-southeast-2:123456789012:certificate/one"
  logs_bucket       = "omc-test-logs"
}

run "a_session_comes_back_to_its_replica" {
  assert {
    condition     = aws_lb_target_group.chat.stickiness[0].enabled && aws_lb_target_group.chat.stickiness[0].type == "lb_cookie"
    error_message = "The target group must be sticky."
  }
}

run "plain_http_is_only_redirected" {
  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "Port 80 must redirect to HTTPS."
  }

  assert {
    condition     = startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "The listener must offer TLS 1.3."
  }
}

run "nobody_outside_reads_the_metrics" {
  assert {
    condition     = aws_lb_listener_rule.metrics.action[0].fixed_response[0].status_code == "404"
    error_message = "/metrics must not be there."
  }

  assert {
    condition     = contains(one(aws_lb_listener_rule.metrics.condition).path_pattern[0].values, "/metrics")
    error_message = "The rule must be about /metrics."
  }
}

run "only_ready_replicas_get_visitors" {
  assert {
    condition     = aws_lb_target_group.chat.health_check[0].path == "/ready"
    error_message = "The health check must ask whether the replica is ready."
  }
}

run "an_idle_time_shorter_than_the_sockets_ping_is_refused" {
  command = plan

  variables {
    idle_timeout_seconds = 20
  }

  expect_failures = [var.idle_timeout_seconds]
}
