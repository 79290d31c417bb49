variable "name" {
  description = "Prefix of every name in the environment, such as omc-staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits or hyphens, starting with a letter."
  }
}

variable "secret_prefix" {
  description = "First part of each secret's name, such as omc or omc-staging."
  type        = string
  default     = "omc"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.secret_prefix))
    error_message = "secret_prefix must be lower-case letters, digits and hyphens."
  }
}

variable "recovery_window_days" {
  description = "Days in which a deleted secret can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_window_days >= 7 && var.recovery_window_days <= 30
    error_message = "recovery_window_days must be between 7 and 30."
  }
}

variable "generated_version" {
  description = "Raise to draw new generated values (auth secret, encryption key)."
  type        = number
  default     = 1

  validation {
    condition     = var.generated_version >= 1 && floor(var.generated_version) == var.generated_version
    error_message = "generated_version must be a whole number from 1."
  }
}

variable "collector_keys" {
  description = "Names of the collector's keys, kept together in one secret."
  type        = set(string)

  validation {
    condition     = alltrue([for key in var.collector_keys : can(regex("^[a-z_]+$", key))])
    error_message = "collector_keys must be lower-case words joined by underscores."
  }
}
