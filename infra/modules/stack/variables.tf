variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "availability_zones" {
  description = "Zones to spread over, at least two."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 2
    error_message = "At least two availability zones are needed."
  }
}

variable "secret_prefix" {
  description = "First part of each secret's name."
  type        = string
  default     = "omc"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.secret_prefix))
    error_message = "secret_prefix must be lower-case letters, digits and hyphens."
  }
}

variable "cidr" {
  description = "Address range of the network."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "cidr must be a valid IPv4 range."
  }
}

variable "public_host" {
  description = "Public name of the chat, covered by the certificate."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+[.][a-z]{2,}$", var.public_host))
    error_message = "public_host must be a host name."
  }
}

variable "certificate_arn" {
  description = "ACM certificate of the public name."
  type        = string

  validation {
    condition     = startswith(var.certificate_arn, "arn:")
    error_message = "certificate_arn must be an ARN."
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

variable "alarm_email" {
  description = "Address that alarms go to."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "contact" {
  description = "Name and address told to the feeds in the User-Agent."
  type        = string

  validation {
    condition     = length(var.contact) > 3
    error_message = "contact must tell the feeds whom to write to."
  }
}

variable "model" {
  description = "Model as provider:name; offline:rules needs no key."
  type        = string
  default     = "offline:rules"

  validation {
    condition     = can(regex("^[a-z0-9_-]+:.+$", var.model))
    error_message = "model must be provider:name."
  }
}

variable "allowed_cidrs" {
  description = "Addresses that may reach the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.allowed_cidrs) > 0
    error_message = "allowed_cidrs must not be empty."
  }
}

variable "durable" {
  description = "Production's guards: NAT in each zone, standby database, replica cache, deletion protection."
  type        = bool
  default     = true
}

variable "database_class" {
  description = "Size of the database."
  type        = string
  default     = "db.t4g.small"

  validation {
    condition     = startswith(var.database_class, "db.")
    error_message = "database_class must start with db."
  }
}

variable "cache_node_type" {
  description = "Size of the cache."
  type        = string
  default     = "cache.t4g.small"

  validation {
    condition     = startswith(var.cache_node_type, "cache.")
    error_message = "cache_node_type must start with cache."
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
    condition     = var.chat_max >= 1
    error_message = "chat_max must be at least 1."
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

variable "spot_weight" {
  description = "Share of further chat tasks on Fargate Spot."
  type        = number
  default     = 0

  validation {
    condition     = var.spot_weight >= 0
    error_message = "spot_weight must not be negative."
  }
}

variable "backup_days" {
  description = "Days of point-in-time recovery."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "backup_days must be between 7 and 35."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 90, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch accepts."
  }
}
