mock_provider "packer" {}

override_data {
  target = data.packer_image_iteration.hardened_ubuntu
  values = {
    revoke_at = null
  }
}

run "not_revoked" {
  command = plan
}

run "to_be_revoked" {
  command = plan

  override_data {
    target = data.packer_image_iteration.hardened_ubuntu
    values = {
      revoke_at = "2026-12-01T00:00:00Z"
    }
  }

  expect_failures = [check.image_stays]
}
