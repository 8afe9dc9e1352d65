package hcpfake

import (
	"slices"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// channel returns the scope of a request to a channel.
func (c *call) channel() (scope, error) {
	s, err := c.bucket()
	if err != nil {
		return s, err
	}
	s.channel, err = c.find(s.bucket, c.params["channel"])
	return s, err
}

func (c *call) find(b *Bucket, name string) (*Channel, error) {
	ch := b.Channel(name)
	switch {
	case ch == nil:
		return nil, notFoundf("Error: The channel with identifier %s does not exist.", name)
	case !c.sees(ch):
		return nil, deniedf("channel %s is restricted", name)
	}
	return ch, nil
}

// sees reports whether the client may read a channel.
func (c *call) sees(ch *Channel) bool { return !ch.Restricted || !c.client.Viewer }

// assigned returns the scope of the version that the channel is assigned to, which
// is nil if there is none.
func (c *call) assigned(s scope) scope {
	ch := s.channel
	s.version = s.bucket.Version(ch.Version)
	if s.version == nil && ch.Version != "" {
		c.server.errorf("hcpfake: channel %q of bucket %q is assigned to version %q, which does not exist", ch.Name, s.bucket.Name, ch.Version)
	}
	return s
}

// listChannels returns all channels, because the API has no pages for them.
func (c *call) listChannels() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(nonNil(s.bucket.Channels), func(ch *Channel) bool { return !c.sees(ch) })
	return &models.HashicorpCloudPacker20230101ListChannelsResponse{
		Channels: mapSlice(list, func(ch *Channel) *models.HashicorpCloudPacker20230101Channel {
			s.channel = ch
			return c.channelView(s)
		}),
	}, nil
}

func (c *call) getChannel() (any, error) {
	s, err := c.channel()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetChannelResponse{Channel: c.channelView(s)}, nil
}

func (c *call) createChannel() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101CreateChannelBody](c)
	switch {
	case err != nil:
		return nil, err
	case !namePattern.MatchString(body.Name):
		return nil, invalidf("invalid channel name %q", body.Name)
	case s.bucket.Channel(body.Name) != nil:
		return nil, existsf("Error: The channel with identifier %s already exists.", body.Name)
	}
	v, err := c.assignable(s.bucket, body.VersionFingerprint)
	if err != nil {
		return nil, err
	}
	s.channel = &Channel{ID: c.newID(), Name: body.Name, Restricted: body.Restricted, CreatedAt: c.now}
	s.bucket.assign(s.channel, v, c.author(), c.now)
	s.bucket.Channels = append(s.bucket.Channels, s.channel)
	return &models.HashicorpCloudPacker20230101CreateChannelResponse{Channel: c.channelView(s)}, nil
}

// updateChannel updates what the mask contains. The channel "latest" can be
// restricted, but not assigned.
func (c *call) updateChannel() (any, error) {
	s, err := c.channel()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101UpdateChannelBody](c)
	if err != nil {
		return nil, err
	}
	mask := fieldMask(body.UpdateMask)
	if len(mask) == 0 {
		return nil, fieldViolation("invalid UpdateChannelRequest.Body", "body", "(update_mask: field mask: must be set.)")
	}
	if mask["versionfingerprint"] {
		if s.channel.Managed {
			return nil, failedf("Can't update channel assignment on channel %q. This channel is managed by HCP Packer", s.channel.Name)
		}
		v, err := c.assignable(s.bucket, body.VersionFingerprint)
		if err != nil {
			return nil, err
		}
		s.bucket.assign(s.channel, v, c.author(), c.now)
	}
	if mask["restricted"] {
		s.channel.Restricted = body.Restricted
		s.channel.AuthorID, s.channel.UpdatedAt = c.author(), c.now
	}
	return &models.HashicorpCloudPacker20230101UpdateChannelResponse{Channel: c.channelView(s)}, nil
}

// assignChannel copies the assignment of one channel to another.
func (c *call) assignChannel() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101AssignChannelVersionBody](c)
	if err != nil {
		return nil, err
	}
	source, target := s, s
	if source.channel, err = c.find(s.bucket, body.SourceChannel); err != nil {
		return nil, err
	}
	if target.channel, err = c.find(s.bucket, body.TargetChannel); err != nil {
		return nil, err
	}
	assigned := c.assigned(source)
	switch {
	case target.channel.Managed:
		return nil, failedf("Cannot assign to managed channel '%s'", target.channel.Name)
	case assigned.version == nil:
		return nil, failedf("Channel %s is not assigned to a version.", source.channel.Name)
	}
	v, err := c.assignable(s.bucket, assigned.version.Fingerprint)
	if err != nil {
		return nil, err
	}
	s.bucket.assign(target.channel, v, c.author(), c.now)
	return &models.HashicorpCloudPacker20230101AssignChannelVersionResponse{
		Fingerprint:   v.Fingerprint,
		SourceChannel: c.channelView(source),
		TargetChannel: c.channelView(target),
		Version:       c.versionView(assigned, false),
	}, nil
}

func (c *call) deleteChannel() (any, error) {
	s, err := c.channel()
	if err != nil {
		return nil, err
	}
	if s.channel.Managed {
		return nil, invalidf("Can't delete managed channel %s, it's controlled by HCP Packer", s.channel.Name)
	}
	s.bucket.Channels = slices.DeleteFunc(s.bucket.Channels, func(ch *Channel) bool { return ch == s.channel })
	return struct{}{}, nil
}

// listAssignments returns a channel's history. That the newest assignment comes
// first, and that unassigning a channel is not recorded, are choices.
func (c *call) listAssignments() (any, error) {
	s, err := c.channel()
	if err != nil {
		return nil, err
	}
	history := slices.Clone(s.bucket.history(s.channel))
	slices.Reverse(history)
	list, pagination, err := page(c, history)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListChannelAssignmentHistoryResponse{
		Count: int32(len(history)), //nolint:gosec // It is short.
		History: mapSlice(list, func(a Assignment) *models.HashicorpCloudPacker20230101ChannelAssignment {
			s.version = s.bucket.Version(a.Version)
			return &models.HashicorpCloudPacker20230101ChannelAssignment{
				AssignedAt: strfmt.DateTime(a.AssignedAt),
				AuthorID:   a.AuthorID,
				Version:    c.versionView(s, false),
			}
		}),
		Pagination: pagination,
	}, nil
}

// assignable returns the version with a fingerprint, or nil if that is empty. The
// code for an unknown fingerprint, and all about versions that are not valid, are
// choices.
func (c *call) assignable(b *Bucket, fingerprint string) (*Version, error) {
	if fingerprint == "" {
		return nil, nil
	}
	v := b.byFingerprint(fingerprint)
	switch {
	case v == nil:
		return nil, notFoundf("version with fingerprint (fingerprint: %s) does not exist", fingerprint)
	case !completed(v):
		return nil, failedf("The version with fingerprint %s is not complete, so no channel can be assigned to it.", fingerprint)
	case !valid(v, c.now):
		return nil, failedf("The version with fingerprint %s is revoked, so no channel can be assigned to it.", fingerprint)
	}
	return v, nil
}

// assign assigns a channel to a version, or to none if that is nil.
func (b *Bucket) assign(ch *Channel, v *Version, author string, now time.Time) {
	ch.History = b.history(ch)
	switch {
	case v == nil:
		ch.Version = ""
	case v != b.Version(ch.Version):
		ch.Version = v.Fingerprint
		ch.History = append(ch.History, Assignment{Version: v.Fingerprint, AuthorID: author, AssignedAt: now})
	}
	ch.AuthorID, ch.UpdatedAt = author, now
}

// history returns the history of a channel, including the present assignment.
func (b *Bucket) history(ch *Channel) []Assignment {
	v := b.Version(ch.Version)
	if n := len(ch.History); v == nil || (n > 0 && b.Version(ch.History[n-1].Version) == v) {
		return ch.History
	}
	return append(slices.Clip(ch.History), Assignment{Version: v.Fingerprint, AuthorID: ch.AuthorID, AssignedAt: ch.UpdatedAt})
}

// fieldMask returns the fields of an update mask in one spelling, because clients
// write versionFingerprint, version_fingerprint and config.activated.
func fieldMask(text string) map[string]bool {
	mask := make(map[string]bool)
	for field := range strings.SplitSeq(text, ",") {
		field = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(field)), "_", "")
		if field = strings.TrimPrefix(field, "config."); field != "" {
			mask[field] = true
		}
	}
	return mask
}

func (c *call) channelView(s scope) *models.HashicorpCloudPacker20230101Channel {
	ch := s.channel
	return &models.HashicorpCloudPacker20230101Channel{
		ID:         ch.ID,
		Name:       ch.Name,
		BucketName: s.bucket.Name,
		AuthorID:   ch.AuthorID,
		CreatedAt:  strfmt.DateTime(ch.CreatedAt),
		UpdatedAt:  strfmt.DateTime(ch.UpdatedAt),
		Managed:    ch.Managed,
		Restricted: ch.Restricted,
		Version:    c.versionView(c.assigned(s), false),
	}
}
