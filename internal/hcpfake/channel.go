package hcpfake

import (
	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

func (c *call) channel() (scope, *Channel, error) {
	s, err := c.bucket()
	if err != nil {
		return s, nil, err
	}
	name := c.params["channel"]
	ch := s.bucket.Channel(name)
	if ch == nil {
		return s, nil, notFoundf("Error: The channel with identifier %s does not exist.", name)
	}
	return s, ch, nil
}

// assigned returns the version that a channel is assigned to, or nil.
func (c *call) assigned(b *Bucket, ch *Channel) *Version {
	v := b.Version(ch.Version)
	if v == nil && ch.Version != "" {
		c.server.errorf("hcpfake: channel %q of bucket %q is assigned to version %q, which does not exist", ch.Name, b.Name, ch.Version)
	}
	return v
}

func (c *call) listChannels() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListChannelsResponse{
		Channels: mapSlice(nonNil(s.bucket.Channels), func(ch *Channel) *models.HashicorpCloudPacker20230101Channel {
			return c.channelView(s.bucket, ch)
		}),
	}, nil
}

func (c *call) getChannel() (any, error) {
	s, ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetChannelResponse{Channel: c.channelView(s.bucket, ch)}, nil
}

func (c *call) channelView(b *Bucket, ch *Channel) *models.HashicorpCloudPacker20230101Channel {
	return &models.HashicorpCloudPacker20230101Channel{
		ID:         ch.ID,
		Name:       ch.Name,
		BucketName: b.Name,
		AuthorID:   ch.AuthorID,
		CreatedAt:  strfmt.DateTime(ch.CreatedAt),
		UpdatedAt:  strfmt.DateTime(ch.UpdatedAt),
		Managed:    ch.Managed,
		Restricted: ch.Restricted,
		Version:    versionView(c.assigned(b, ch), c.now, false),
	}
}
