terraform {
  required_providers {
    hcp = {
      source = "hashicorp/hcp"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

provider "hcp" {
  skip_status_check = true # of the real HCP
}

# The hcp provider manages the channel.
resource "hcp_packer_channel" "production" {
  name        = "production"
  bucket_name = "ubuntu"
}

data "hcp_packer_version" "newest" {
  bucket_name  = "ubuntu"
  channel_name = "latest"
}

resource "hcp_packer_channel_assignment" "production" {
  bucket_name         = "ubuntu"
  channel_name        = hcp_packer_channel.production.name
  version_fingerprint = data.hcp_packer_version.newest.fingerprint
}

# This provider reads it. In a configuration of its own, it would read while Terraform
# plans; here, it waits for apply when the assignment changes.
data "packer_image_iteration" "ubuntu" {
  bucket  = "ubuntu"
  channel = hcp_packer_channel_assignment.production.channel_name
}

output "fingerprint" {
  value = data.packer_image_iteration.ubuntu.fingerprint
}

output "images" {
  value = data.packer_image_iteration.ubuntu.images[*].image_id
}
