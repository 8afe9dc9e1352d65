terraform {
  required_version = ">= 1.8"

  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

provider "azurerm" {
  features {}
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

resource "azurerm_linux_virtual_machine" "web" {
  name                  = "web"
  resource_group_name   = "web"
  location              = "eastus"
  size                  = "Standard_B2s"
  admin_username        = "ubuntu"
  network_interface_ids = ["/subscriptions/…/networkInterfaces/web"]
  source_image_id = provider::packer::image_id(
    data.packer_image_iteration.ubuntu.images, "azure", "eastus"
  )

  admin_ssh_key {
    username   = "ubuntu"
    public_key = "ssh-ed25519 AAAA…"
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Standard_LRS"
  }
}
