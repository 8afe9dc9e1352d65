data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

# Two images in one region are an error here too, because a key may occur only
# once. Where there are several component types, add a condition for one.
output "image" {
  value = {
    for image in data.packer_image_iteration.hardened_ubuntu.images :
    "${image.cloud_provider}/${image.region}" => image.image_id
  }
}
