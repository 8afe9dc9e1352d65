data "packer_image_iteration" "web_server" {
  bucket  = "web-server"
  channel = "production-stable"

  allow_revoked = true # Remove after v4 is in the channel.
}
