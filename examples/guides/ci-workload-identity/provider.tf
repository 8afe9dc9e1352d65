variable "hcp_identity" {
  type        = string
  default     = null
  description = "Resource name of the HCP workload identity provider, for CI jobs."
}

variable "hcp_token_file" {
  type        = string
  default     = null
  description = "Path of the file that holds the token of the CI service."
}

provider "packer" {
  workload_identity = var.hcp_identity == null ? null : {
    resource_name = var.hcp_identity
    token_file    = var.hcp_token_file
  }
}
