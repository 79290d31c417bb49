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

variable "subnet_ids" {
  description = "Subnets to place it in, at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "At least two subnets are needed."
  }
}

variable "security_group_id" {
  description = "Group of the database."
  type        = string

  validation {
    condition     = startswith(var.security_group_id, "sg-")
    error_message = "security_group_id must be the id of a security group."
  }
}

variable "engine_version" {
  description = "PostgreSQL major version; AWS moves the minor one on by itself."
  type        = string
  default     = "17"

  validation {
    condition     = contains(["15", "16", "17", "18"], var.engine_version)
    error_message = "The product supports PostgreSQL 15 to 18."
  }
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string
  default     = "db.t4g.small"

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "instance_class must start with db."
  }
}

variable "allocated_gb" {
  description = "Disk to start with, in GiB."
  type        = number
  default     = 40

  validation {
    condition     = var.allocated_gb >= 20
    error_message = "allocated_gb must be at least 20."
  }
}

variable "max_allocated_gb" {
  description = "Disk it may grow to, in GiB."
  type        = number
  default     = 200

  validation {
    condition     = var.max_allocated_gb >= 20
    error_message = "max_allocated_gb must be at least 20."
  }
}

variable "multi_az" {
  description = "Keep a standby in another zone."
  type        = bool
  default     = false
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

variable "deletion_protection" {
  description = "Refuse to delete the database; a final snapshot is taken when it is off and deleted."
  type        = bool
  default     = true
}

variable "monitoring_role_arn" {
  description = "Role of enhanced monitoring."
  type        = string

  validation {
    condition     = startswith(var.monitoring_role_arn, "arn:")
    error_message = "monitoring_role_arn must be an ARN."
  }
}

variable "log_retention_days" {
  description = "How long the database's logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 90, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch accepts."
  }
}

variable "rotation_hour_utc" {
  description = "Hour of Sunday, UTC, in which the password is rotated."
  type        = number
  default     = 17

  validation {
    condition     = var.rotation_hour_utc >= 0 && var.rotation_hour_utc <= 23 && floor(var.rotation_hour_utc) == var.rotation_hour_utc
    error_message = "rotation_hour_utc must be a whole hour from 0 to 23."
  }
}
