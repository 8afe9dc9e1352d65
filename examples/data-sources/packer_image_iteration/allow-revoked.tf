data "packer_image_iteration" "web_server" {
  bucket  = "web-server"
  channel = "production-stable"

  allow_revoked = true # until the channel has a better iteration
}
