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

variable "repository_arn" {
  description = "Repository the tasks' image is pulled from."
  type        = string

  validation {
    condition     = startswith(var.repository_arn, "arn:")
    error_message = "repository_arn must be an ARN."
  }
}

variable "secret_arns" {
  description = "Secrets that are injected into the tasks."
  type        = list(string)

  validation {
    condition     = length(var.secret_arns) > 0 && alltrue([for arn in var.secret_arns : startswith(arn, "arn:")])
    error_message = "secret_arns must be ARNs."
  }
}

variable "artifacts_bucket_arn" {
  description = "Bucket of the artifact store."
  type        = string

  validation {
    condition     = startswith(var.artifacts_bucket_arn, "arn:")
    error_message = "artifacts_bucket_arn must be an ARN."
  }
}

variable "log_group_arns" {
  description = "Log groups of the tasks."
  type        = list(string)

  validation {
    condition     = length(var.log_group_arns) > 0 && alltrue([for arn in var.log_group_arns : startswith(arn, "arn:")])
    error_message = "log_group_arns must be ARNs."
  }
}
