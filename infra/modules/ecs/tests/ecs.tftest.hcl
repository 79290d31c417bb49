mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/omc-test-chat:1" }
  }
}

variables {
  name                     = "omc-test"
  image                    = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/omc-test:v1"
  subnet_ids               = ["subnet-1", "subnet-2"]
  chat_security_group_id   = "sg-1"
  worker_security_group_id = "sg-2"
  target_group_arn         = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:targetgroup/omc-test-chat/1"
  execution_role_arn       = "arn:aws:iam::123456789012:role/omc-test-execution"
  task_role_arn            = "arn:aws:iam::123456789012:role/omc-test-task"
  restart_role_arn         = "arn:aws:iam::123456789012:role/omc-test-restart"
  restart_schedule         = "cron(15 18 ? * SUN *)"
  log_groups               = { chat = "/omc-test/chat", collector = "/omc-test/collector", migrate = "/omc-test/migrate" }
  environment              = { OMC_MODE = "live" }
  secrets = {
    chat      = { OPENAI_API_KEY = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:one" }
    collector = {}
    migrate   = {}
  }
}

run "a_task_is_locked_down" {
  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.this :
      jsondecode(definition.container_definitions)[0].readonlyRootFilesystem
      && jsondecode(definition.container_definitions)[0].user == "10001:10001"
      && jsondecode(definition.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    ])
    error_message = "Each task must run as 10001 on a read-only root without capabilities."
  }

  assert {
    condition     = !aws_ecs_service.chat.enable_execute_command && !aws_ecs_service.collector.enable_execute_command
    error_message = "Nobody may open a shell in a task."
  }

  assert {
    condition     = !aws_ecs_service.chat.network_configuration[0].assign_public_ip
    error_message = "Tasks must have no public address."
  }
}

run "a_role_gets_its_own_secrets_only" {
  assert {
    condition     = [for secret in jsondecode(aws_ecs_task_definition.this["chat"].container_definitions)[0].secrets : secret.name] == ["OPENAI_API_KEY"]
    error_message = "The chat must get the secrets of the chat."
  }

  assert {
    condition     = length(jsondecode(aws_ecs_task_definition.this["migrate"].container_definitions)[0].secrets) == 0
    error_message = "The migration must not get the secrets of others."
  }
}

run "a_deployment_that_fails_is_rolled_back" {
  assert {
    condition     = alltrue([for service in [aws_ecs_service.chat, aws_ecs_service.collector] : service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback])
    error_message = "Both services need the circuit breaker."
  }

  assert {
    condition     = aws_ecs_service.chat.deployment_minimum_healthy_percent == 100
    error_message = "No replica may go before its successor is healthy."
  }
}

run "spot_only_where_asked_for_and_never_for_the_first_replica" {
  variables {
    spot_weight = 3
  }

  assert {
    condition     = one([for strategy in aws_ecs_service.chat.capacity_provider_strategy : strategy.base if strategy.capacity_provider == "FARGATE"]) == 1
    error_message = "The first replica must be on demand."
  }

  assert {
    condition     = one([for strategy in aws_ecs_service.chat.capacity_provider_strategy : strategy.weight if strategy.capacity_provider == "FARGATE_SPOT"]) == 3
    error_message = "Further replicas must prefer Spot."
  }

  assert {
    condition     = length(aws_ecs_service.collector.capacity_provider_strategy) == 1
    error_message = "The only collector must be on demand."
  }
}

run "replicas_follow_cpu_and_active_runs" {
  assert {
    condition     = aws_appautoscaling_policy.cpu.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ECSServiceAverageCPUUtilization"
    error_message = "CPU must add replicas."
  }

  assert {
    condition     = aws_appautoscaling_policy.active_runs.target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metric_name == "ActiveRuns"
    error_message = "Active runs must add replicas."
  }
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    chat_min = 4
    chat_max = 2
  }

  expect_failures = [aws_appautoscaling_target.chat]
}

run "a_floating_tag_is_refused" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/omc-test:latest"
  }

  expect_failures = [var.image]
}

run "a_secret_among_the_plain_settings_is_refused" {
  command = plan

  variables {
    environment = { OMC_NANSEN_KEY = "plain" }
  }

  expect_failures = [var.environment]
}
