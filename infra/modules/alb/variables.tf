variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC."
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

variable "security_group_id" {
  description = "Group of the load balancer."
  type        = string

  validation {
    condition     = startswith(var.security_group_id, "sg-")
    error_message = "security_group_id must be the id of a security group."
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

variable "certificate_arn" {
  description = "ACM certificate of the public name."
  type        = string

  validation {
    condition     = startswith(var.certificate_arn, "arn:")
    error_message = "certificate_arn must be an ARN."
  }
}

variable "logs_bucket" {
  description = "Bucket of the access logs."
  type        = string

  validation {
    condition     = length(var.logs_bucket) > 2
    error_message = "logs_bucket must be the name of a bucket."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer."
  type        = bool
  default     = true
}

variable "idle_timeout_seconds" {
  description = "Idle seconds after which a connection is closed; above the socket's ping of 25 s."
  type        = number
  default     = 120

  validation {
    condition     = var.idle_timeout_seconds >= 60 && var.idle_timeout_seconds <= 4000
    error_message = "idle_timeout_seconds must be between 60 and 4000."
  }
}
