variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "image" {
  description = "Image of every role, by digest or immutable tag."
  type        = string

  validation {
    condition     = !endswith(var.image, ":latest")
    error_message = "image must name a fixed tag or digest, not latest."
  }
}

variable "subnet_ids" {
  description = "Subnets to place it in, at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "At least two subnets are needed."
  }
}

variable "chat_security_group_id" {
  description = "Group of the chat tasks."
  type        = string

  validation {
    condition     = startswith(var.chat_security_group_id, "sg-")
    error_message = "chat_security_group_id must be the id of a security group."
  }
}

variable "worker_security_group_id" {
  description = "Group of the collector and migration tasks."
  type        = string

  validation {
    condition     = startswith(var.worker_security_group_id, "sg-")
    error_message = "worker_security_group_id must be the id of a security group."
  }
}

variable "target_group_arn" {
  description = "Where the chat tasks register."
  type        = string

  validation {
    condition     = startswith(var.target_group_arn, "arn:")
    error_message = "target_group_arn must be an ARN."
  }
}

variable "execution_role_arn" {
  description = "Role with which ECS starts the tasks."
  type        = string

  validation {
    condition     = startswith(var.execution_role_arn, "arn:")
    error_message = "execution_role_arn must be an ARN."
  }
}

variable "task_role_arn" {
  description = "Role of the program in the tasks."
  type        = string

  validation {
    condition     = startswith(var.task_role_arn, "arn:")
    error_message = "task_role_arn must be an ARN."
  }
}

variable "log_groups" {
  description = "Log group of each role: chat, collector, migrate."
  type        = map(string)

  validation {
    condition     = alltrue([for role in ["chat", "collector", "migrate"] : contains(keys(var.log_groups), role)])
    error_message = "log_groups needs chat, collector and migrate."
  }
}

variable "environment" {
  description = "Plain settings of the program."
  type        = map(string)

  validation {
    condition     = alltrue([for key in keys(var.environment) : !can(regex("(KEY|SECRET|PASSWORD|TOKEN)$", key))])
    error_message = "A name that ends in KEY, SECRET, PASSWORD or TOKEN belongs into secrets."
  }
}

variable "secrets" {
  description = "Settings that are injected from Secrets Manager, by role: name to ARN, with :json-key:: where it applies."
  type        = map(map(string))

  validation {
    condition     = alltrue([for role in ["chat", "collector", "migrate"] : contains(keys(var.secrets), role)])
    error_message = "secrets needs chat, collector and migrate."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.secrets) : [for arn in values(role) : startswith(arn, "arn:")]]))
    error_message = "secrets must map to ARNs."
  }
}

variable "chat_port" {
  description = "Port the chat listens on."
  type        = number
  default     = 8000

  validation {
    condition     = var.chat_port > 1023 && var.chat_port < 65536
    error_message = "chat_port must be between 1024 and 65535."
  }
}

variable "cpu_architecture" {
  description = "ARM64 or X86_64, as the image was built."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.cpu_architecture)
    error_message = "cpu_architecture must be ARM64 or X86_64."
  }
}

variable "chat_cpu" {
  description = "CPU units of a chat task."
  type        = number
  default     = 1024

  validation {
    condition     = contains([512, 1024, 2048, 4096], var.chat_cpu)
    error_message = "chat_cpu must be a Fargate size."
  }
}

variable "chat_memory" {
  description = "Memory of a chat task in MiB."
  type        = number
  default     = 2048

  validation {
    condition     = var.chat_memory >= 1024
    error_message = "chat_memory must be at least 1024."
  }
}

variable "collector_cpu" {
  description = "CPU units of the collector task."
  type        = number
  default     = 512

  validation {
    condition     = contains([256, 512, 1024, 2048], var.collector_cpu)
    error_message = "collector_cpu must be a Fargate size."
  }
}

variable "collector_memory" {
  description = "Memory of the collector task in MiB."
  type        = number
  default     = 1024

  validation {
    condition     = var.collector_memory >= 512
    error_message = "collector_memory must be at least 512."
  }
}

variable "chat_min" {
  description = "Fewest chat replicas."
  type        = number
  default     = 2

  validation {
    condition     = var.chat_min >= 1
    error_message = "chat_min must be at least 1."
  }
}

variable "chat_max" {
  description = "Most chat replicas."
  type        = number
  default     = 6

  validation {
    condition     = var.chat_max >= 1 && var.chat_max <= 50
    error_message = "chat_max must be between 1 and 50."
  }
}

variable "spot_weight" {
  description = "Share of further chat tasks on Fargate Spot (0 keeps all on demand)."
  type        = number
  default     = 0

  validation {
    condition     = var.spot_weight >= 0 && var.spot_weight <= 10
    error_message = "spot_weight must be between 0 and 10."
  }
}

variable "scale_cpu_pct" {
  description = "CPU at which replicas are added."
  type        = number
  default     = 60

  validation {
    condition     = var.scale_cpu_pct >= 20 && var.scale_cpu_pct <= 90
    error_message = "scale_cpu_pct must be between 20 and 90."
  }
}

variable "scale_active_runs" {
  description = "Active runs per replica at which replicas are added."
  type        = number
  default     = 8

  validation {
    condition     = var.scale_active_runs >= 1
    error_message = "scale_active_runs must be at least 1."
  }
}

variable "restart_role_arn" {
  description = "Role with which the scheduler starts the tasks anew."
  type        = string

  validation {
    condition     = startswith(var.restart_role_arn, "arn:")
    error_message = "restart_role_arn must be an ARN."
  }
}

variable "restart_schedule" {
  description = "When the tasks are started anew, after the database's password was rotated."
  type        = string

  validation {
    condition     = can(regex("^cron[(].+[)]$", var.restart_schedule))
    error_message = "restart_schedule must look like cron(15 18 ? * SUN *)."
  }
}
