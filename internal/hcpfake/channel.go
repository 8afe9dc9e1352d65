package hcpfake

import (
	"slices"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// listChannels returns all channels, because the API has no pages for them.
func (c *call) listChannels() (any, error) {
	list := slices.DeleteFunc(nonNil(c.bucket.Channels), func(ch *Channel) bool { return !c.sees(ch) })
	return &models.HashicorpCloudPacker20230101ListChannelsResponse{Channels: mapSlice(list, c.channelView)}, nil
}

func (c *call) getChannel() (any, error) {
	return &models.HashicorpCloudPacker20230101GetChannelResponse{Channel: c.channelView(c.channel)}, nil
}

func (c *call) createChannel(body *models.HashicorpCloudPacker20230101CreateChannelBody) (any, error) {
	switch {
	case !namePattern.MatchString(body.Name):
		return nil, invalidf("invalid channel name %q", body.Name)
	case c.bucket.Channel(body.Name) != nil:
		return nil, existsf("Error: The channel with identifier %s already exists.", body.Name)
	}
	v, err := c.assignable(body.VersionFingerprint)
	if err != nil {
		return nil, err
	}
	ch := &Channel{ID: c.newID(), Name: body.Name, Restricted: body.Restricted, CreatedAt: c.now}
	c.bucket.assign(ch, v, c.author(), c.now)
	c.bucket.Channels = append(c.bucket.Channels, ch)
	return &models.HashicorpCloudPacker20230101CreateChannelResponse{Channel: c.channelView(ch)}, nil
}

// updateChannel updates what the mask contains. The channel "latest" can be
// restricted, but not assigned.
func (c *call) updateChannel(body *models.HashicorpCloudPacker20230101UpdateChannelBody) (any, error) {
	ch, mask := c.channel, fieldMask(body.UpdateMask)
	if len(mask) == 0 {
		return nil, fieldViolation("invalid UpdateChannelRequest.Body", "body", "(update_mask: field mask: must be set.)")
	}
	if mask["versionfingerprint"] {
		if ch.Managed {
			return nil, failedf("Can't update channel assignment on channel %q. This channel is managed by HCP Packer", ch.Name)
		}
		v, err := c.assignable(body.VersionFingerprint)
		if err != nil {
			return nil, err
		}
		c.bucket.assign(ch, v, c.author(), c.now)
	}
	if mask["restricted"] {
		ch.Restricted, ch.AuthorID, ch.UpdatedAt = body.Restricted, c.author(), c.now
	}
	return &models.HashicorpCloudPacker20230101UpdateChannelResponse{Channel: c.channelView(ch)}, nil
}

// assignChannel copies the assignment of one channel to another.
func (c *call) assignChannel(body *models.HashicorpCloudPacker20230101AssignChannelVersionBody) (any, error) {
	source, err := c.findChannel(body.SourceChannel)
	if err != nil {
		return nil, err
	}
	target, err := c.findChannel(body.TargetChannel)
	if err != nil {
		return nil, err
	}
	c.version = c.bucket.Version(source.Version)
	switch {
	case target.Managed:
		return nil, failedf("Cannot assign to managed channel '%s'", target.Name)
	case c.version == nil:
		return nil, failedf("Channel %s is not assigned to a version.", source.Name)
	}
	if _, err := c.assignable(c.version.Fingerprint); err != nil {
		return nil, err
	}
	c.bucket.assign(target, c.version, c.author(), c.now)
	return &models.HashicorpCloudPacker20230101AssignChannelVersionResponse{
		Fingerprint:   c.version.Fingerprint,
		SourceChannel: c.channelView(source),
		TargetChannel: c.channelView(target),
		Version:       c.versionView(c.scope, false),
	}, nil
}

func (c *call) deleteChannel() (any, error) {
	if c.channel.Managed {
		return nil, invalidf("Can't delete managed channel %s, it's controlled by HCP Packer", c.channel.Name)
	}
	c.bucket.Channels = slices.DeleteFunc(c.bucket.Channels, func(ch *Channel) bool { return ch == c.channel })
	return struct{}{}, nil
}

// listAssignments returns a channel's history. That the newest assignment comes
// first, and that unassigning a channel is not recorded, are choices.
func (c *call) listAssignments() (any, error) {
	history := slices.Clone(c.bucket.history(c.channel))
	slices.Reverse(history)
	list, pagination, err := page(c, history)
	if err != nil {
		return nil, err
	}
	views := mapSlice(list, func(a Assignment) *models.HashicorpCloudPacker20230101ChannelAssignment {
		c.version = c.bucket.Version(a.Version)
		return &models.HashicorpCloudPacker20230101ChannelAssignment{
			AssignedAt: strfmt.DateTime(a.AssignedAt), AuthorID: a.AuthorID, Version: c.versionView(c.scope, false),
		}
	})
	return &models.HashicorpCloudPacker20230101ListChannelAssignmentHistoryResponse{
		Count: int32(len(history)), History: views, Pagination: pagination, //nolint:gosec // It is short.
	}, nil
}

// assignable returns the version with a fingerprint, or nil if that is empty. The
// code for an unknown fingerprint, and all about versions that are not valid, are
// choices.
func (c *call) assignable(fingerprint string) (*Version, error) {
	if fingerprint == "" {
		return nil, nil
	}
	v := c.bucket.byFingerprint(fingerprint)
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

func (c *call) channelView(ch *Channel) *models.HashicorpCloudPacker20230101Channel {
	s := c.scope
	s.channel = ch
	return &models.HashicorpCloudPacker20230101Channel{
		ID: ch.ID, Name: ch.Name, BucketName: s.bucket.Name, AuthorID: ch.AuthorID,
		CreatedAt: strfmt.DateTime(ch.CreatedAt), UpdatedAt: strfmt.DateTime(ch.UpdatedAt),
		Managed: ch.Managed, Restricted: ch.Restricted,
		Version: c.versionView(c.assigned(s), false),
	}
}

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
