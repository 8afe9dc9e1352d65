provider "packer" {
  project_id = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

data "packer_image_iteration" "web" {
  project_id = "5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9"
  bucket     = "web"
  channel    = "production-stable"
}

output "images" {
  value = {
    ubuntu = data.packer_image_iteration.ubuntu.images[*].image_id
    web    = data.packer_image_iteration.web.images[*].image_id
  }
}
