variable "region" {
  description = "Region of the state bucket."
  type        = string
  default     = "ap-southeast-2"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "region must be such as ap-southeast-2."
  }
}

variable "prefix" {
  description = "First part of every name."
  type        = string
  default     = "omc"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.prefix))
    error_message = "prefix must be 2 to 12 lower-case letters or digits."
  }
}

variable "repository" {
  description = "GitHub repository that may deploy, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "repository must be owner/name."
  }
}

variable "environments" {
  description = "GitHub environments that may deploy."
  type        = list(string)
  default     = ["staging", "production"]

  validation {
    condition     = length(var.environments) > 0 && alltrue([for e in var.environments : can(regex("^[a-z]+$", e))])
    error_message = "environments must be lower-case words."
  }
}
