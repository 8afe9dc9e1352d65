# The iteration that a channel points at, and the images that it has.

data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "iteration" {
  value = {
    version     = data.packer_image_iteration.hardened_ubuntu.version
    id          = data.packer_image_iteration.hardened_ubuntu.id
    status      = data.packer_image_iteration.hardened_ubuntu.status
    fingerprint = data.packer_image_iteration.hardened_ubuntu.fingerprint
  }
}

output "images" {
  value = {
    for image in data.packer_image_iteration.hardened_ubuntu.images :
    "${image.cloud_provider}/${image.region}" => image.image_id
  }
}
