variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "vpc_id" {
  description = "The network the groups belong to."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC."
  }
}

variable "chat_port" {
  description = "Port the chat container listens on."
  type        = number
  default     = 8000

  validation {
    condition     = var.chat_port > 1023 && var.chat_port < 65536
    error_message = "chat_port must be between 1024 and 65535."
  }
}

variable "allowed_cidrs" {
  description = "Addresses that may reach the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_cidrs must be valid IPv4 ranges."
  }
}
