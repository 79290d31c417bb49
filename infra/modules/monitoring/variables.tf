variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts what is stored."
  type        = string

  validation {
    condition     = startswith(var.kms_key_arn, "arn:")
    error_message = "kms_key_arn must be an ARN."
  }
}

variable "alarm_email" {
  description = "Address that alarms go to; the subscription must be confirmed by hand."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "log_retention_days" {
  description = "How long the program's logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 90, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch accepts."
  }
}

variable "chat_min" {
  description = "Replicas that should run at the least."
  type        = number
  default     = 2

  validation {
    condition     = var.chat_min >= 1
    error_message = "chat_min must be at least 1."
  }
}

variable "alb_arn_suffix" {
  description = "The load balancer, as its metrics name it."
  type        = string

  validation {
    condition     = startswith(var.alb_arn_suffix, "app/")
    error_message = "alb_arn_suffix must start with app/."
  }
}

variable "target_group_arn_suffix" {
  description = "The chat's target group, as its metrics name it."
  type        = string

  validation {
    condition     = startswith(var.target_group_arn_suffix, "targetgroup/")
    error_message = "target_group_arn_suffix must start with targetgroup/."
  }
}

variable "database_identifier" {
  description = "The database instance."
  type        = string

  validation {
    condition     = length(var.database_identifier) > 0
    error_message = "database_identifier must not be empty."
  }
}

variable "database_max_connections" {
  description = "Connections at which the database alarm rings."
  type        = number
  default     = 150

  validation {
    condition     = var.database_max_connections > 10
    error_message = "database_max_connections must be above 10."
  }
}

variable "database_min_free_gb" {
  description = "Free disk, in GiB, at which the alarm rings."
  type        = number
  default     = 8

  validation {
    condition     = var.database_min_free_gb >= 1
    error_message = "database_min_free_gb must be at least 1."
  }
}

variable "cache_ids" {
  description = "Names of the Redis nodes."
  type        = list(string)

  validation {
    condition     = length(var.cache_ids) > 0
    error_message = "cache_ids must name at least one node."
  }
}

variable "daily_cost_usd" {
  description = "Daily model cost at which the alarm rings."
  type        = number
  default     = 25

  validation {
    condition     = var.daily_cost_usd > 0
    error_message = "daily_cost_usd must be above 0."
  }
}
