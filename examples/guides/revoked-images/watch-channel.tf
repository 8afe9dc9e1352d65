terraform {
  required_version = ">= 1.5"
}

check "channel_is_not_revoked" {
  data "packer_image_iteration" "web_server" {
    bucket  = "web-server"
    channel = "production-stable"
  }

  assert {
    condition     = data.packer_image_iteration.web_server.revoke_at == null
    error_message = "The image of the web server will be revoked at ${coalesce(data.packer_image_iteration.web_server.revoke_at, "an unknown time")}."
  }
}
