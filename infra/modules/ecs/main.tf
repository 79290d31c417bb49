data "aws_region" "current" {}
data "aws_partition" "current" {}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

locals {
  # The image declares both as volumes of its own user, or Fargate would mount them for root only.
  writable = {
    home    = "/var/lib/omc"
    scratch = "/tmp"
  }

  roles = {
    chat = {
      command = ["omc", "up", "--live", "--no-browser", "--no-collector", "--port", tostring(var.chat_port)]
      cpu     = var.chat_cpu
      memory  = var.chat_memory
      health  = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${var.chat_port}/health', timeout=3)"]
    }
    collector = {
      command = ["omc", "collect", "--live"]
      cpu     = var.collector_cpu
      memory  = var.collector_memory
      health  = null
    }
    migrate = {
      command = ["omc", "db", "upgrade"]
      cpu     = 512
      memory  = 1024
      health  = null
    }
  }
}

resource "aws_ecs_task_definition" "this" {
  for_each = local.roles

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = local.writable

    content {
      name = volume.key
    }
  }

  container_definitions = jsonencode([
    {
      name                   = each.key
      image                  = var.image
      command                = each.value.command
      essential              = true
      cpu                    = each.value.cpu
      memory                 = each.value.memory
      user                   = "10001:10001"
      readonlyRootFilesystem = true
      # Long enough for a run to reach its next checkpoint after SIGTERM.
      stopTimeout    = 60
      environment    = [for key in sort(keys(var.environment)) : { name = key, value = var.environment[key] }]
      secrets        = [for key in sort(keys(var.secrets[each.key])) : { name = key, valueFrom = var.secrets[each.key][key] }]
      portMappings   = each.key == "chat" ? [{ containerPort = var.chat_port, hostPort = var.chat_port, protocol = "tcp" }] : []
      mountPoints    = [for name, path in local.writable : { sourceVolume = name, containerPath = path, readOnly = false }]
      volumesFrom    = []
      systemControls = []
      healthCheck = each.value.health == null ? null : {
        command     = each.value.health
        interval    = 15
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      linuxParameters = {
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"], add = [] }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = var.log_groups[each.key]
          awslogs-region        = data.aws_region.current.name
          awslogs-stream-prefix = each.key
          mode                  = "non-blocking"
          max-buffer-size       = "4m"
        }
      }
    }
  ])
}

resource "aws_ecs_service" "chat" {
  name            = "${var.name}-chat"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this["chat"].arn
  desired_count   = var.chat_min

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 90
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 1
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot_weight > 0 ? [var.spot_weight] : []

    content {
      capacity_provider = "FARGATE_SPOT"
      base              = 0
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.chat_security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = "chat"
    container_port   = var.chat_port
  }

  # The deploy script owns what runs; autoscaling owns how many.
  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

resource "aws_ecs_service" "collector" {
  name            = "${var.name}-collector"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this["collector"].arn
  desired_count   = 1

  # Two at once are safe: slots are fenced. So a deployment never leaves a gap.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 1
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.worker_security_group_id]
    assign_public_ip = false
  }

  lifecycle {
    ignore_changes = [task_definition]
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

resource "aws_appautoscaling_target" "chat" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.chat.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.chat_min
  max_capacity       = var.chat_max

  lifecycle {
    precondition {
      condition     = var.chat_max >= var.chat_min
      error_message = "chat_max must not be below chat_min."
    }
  }
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-chat-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.chat.service_namespace
  resource_id        = aws_appautoscaling_target.chat.resource_id
  scalable_dimension = aws_appautoscaling_target.chat.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.scale_cpu_pct
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "active_runs" {
  name               = "${var.name}-chat-active-runs"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.chat.service_namespace
  resource_id        = aws_appautoscaling_target.chat.resource_id
  scalable_dimension = aws_appautoscaling_target.chat.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.scale_active_runs
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    customized_metric_specification {
      namespace   = "OhMyCoins"
      metric_name = "ActiveRuns"
      statistic   = "Average"

      dimensions {
        name  = "Environment"
        value = var.name
      }
    }
  }
}

# RDS rotates the database's password in an hour of its choosing after restart_schedule's first; tasks read it when they
# start. Connections that are open stay so meanwhile.
resource "aws_scheduler_schedule" "restart" {
  #checkov:skip=CKV_AWS_297:the input names a service and holds nothing to hide
  for_each = { chat = aws_ecs_service.chat, collector = aws_ecs_service.collector }

  name                = "${each.value.name}-restart"
  description         = "Start the tasks anew, so that they read the rotated password"
  schedule_expression = var.restart_schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${data.aws_partition.current.partition}:scheduler:::aws-sdk:ecs:updateService"
    role_arn = var.restart_role_arn
    input    = jsonencode({ Cluster = aws_ecs_cluster.this.name, Service = each.value.name, ForceNewDeployment = true })
  }
}
