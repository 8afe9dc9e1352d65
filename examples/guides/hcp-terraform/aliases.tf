# HCP Terraform sets this variable.
variable "tfc_hcp_dynamic_credentials" {
  type = object({
    default = object({ credential_file = string })
    aliases = map(object({ credential_file = string }))
  })
}

provider "packer" {
  credential_file = var.tfc_hcp_dynamic_credentials.default.credential_file
  project_id      = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
}

provider "packer" {
  alias           = "edge"
  credential_file = var.tfc_hcp_dynamic_credentials.aliases["EDGE"].credential_file
  project_id      = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

data "packer_image_iteration" "edge" {
  provider = packer.edge
  bucket   = "hardened-ubuntu-18-04"
  channel  = "production-stable"
}
