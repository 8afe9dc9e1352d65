# A plan on a revoked iteration is refused.

data "packer_image_iteration" "web_server" {
  bucket  = "web-server"
  channel = "production-stable"
}

output "image_id" {
  value = data.packer_image_iteration.web_server.images[0].image_id
}
