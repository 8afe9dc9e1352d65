terraform {
  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

# Credentials come from the environment: HCP_CLIENT_ID and HCP_CLIENT_SECRET.
provider "packer" {
  project_id = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "images" {
  value = data.packer_image_iteration.ubuntu.images[*].image_id
}
