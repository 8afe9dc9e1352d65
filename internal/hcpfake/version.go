package hcpfake

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

var (
	fingerprintPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$`)

	durationPattern = regexp.MustCompile(`^[+-]?(\d+(\.\d+)?[smhd])+$`)
	daysPattern     = regexp.MustCompile(`\d+(\.\d+)?d`)
)

func (b *Bucket) byFingerprint(fingerprint string) *Version {
	return find(b.Versions, func(v *Version) bool { return v.Fingerprint == fingerprint })
}

// listVersions lists the newest first by default.
func (c *call) listVersions() (any, error) {
	newestFirst := nonNil(c.bucket.Versions)
	slices.SortStableFunc(newestFirst, func(a, b *Version) int {
		return cmp.Or(compareTimes(b.CreatedAt, a.CreatedAt), cmp.Compare(versionNumber(b), versionNumber(a)))
	})
	list, pagination, err := sortedPage(c, newestFirst, sortFields[*Version]{
		"name":       func(a, b *Version) int { return cmp.Compare(versionNumber(a), versionNumber(b)) },
		"created_at": func(a, b *Version) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at": func(a, b *Version) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	views := mapSlice(list, func(v *Version) *Version {
		c.version = v
		return c.versionView(c.scope, false)
	})
	return &models.HashicorpCloudPacker20230101ListVersionsResponse{Versions: views, Pagination: pagination}, nil
}

func (c *call) getVersion() (any, error) {
	return &models.HashicorpCloudPacker20230101GetVersionResponse{Version: c.versionView(c.scope, true)}, nil
}

func (c *call) createVersion(body *models.HashicorpCloudPacker20230101CreateVersionBody) (any, error) {
	switch {
	case !fingerprintPattern.MatchString(body.Fingerprint):
		return nil, invalidf("invalid fingerprint %q: want 1 to 40 letters, digits, hyphens, dots and underscores, between letters or digits", body.Fingerprint)
	case c.bucket.byFingerprint(body.Fingerprint) != nil:
		return nil, existsf("Error: The version with fingerprint %s already exists.", body.Fingerprint)
	}
	c.version = &Version{
		ID: c.newID(), Fingerprint: body.Fingerprint, BucketName: c.bucket.Name, Name: incompleteName,
		AuthorID: c.author(), CreatedAt: c.timestamp(), UpdatedAt: c.timestamp(), Status: running.Pointer(),
		TemplateType: cmp.Or(body.TemplateType, models.HashicorpCloudPacker20230101TemplateTypeTEMPLATETYPEUNSET.Pointer()),
	}
	c.bucket.Versions = append(c.bucket.Versions, c.version)
	return &models.HashicorpCloudPacker20230101CreateVersionResponse{Version: c.versionView(c.scope, true)}, nil
}

// updateVersion revokes or restores a version. A request to complete a version is
// accepted only if the version is already complete, as it is once all of its builds are done.
func (c *call) updateVersion(body *models.HashicorpCloudPacker20230101UpdateVersionBody) (any, error) {
	at, err := c.revokeAt(body)
	switch {
	case err != nil:
		return nil, err
	case body.Restore && !at.IsZero():
		return nil, invalidf("a version cannot be revoked and restored at once")
	case !completed(c.version) && (body.Restore || body.Complete || !at.IsZero()):
		return nil, failedf("The version with fingerprint %s is not complete.", c.version.Fingerprint)
	case body.Restore:
		if err := c.mayRestore(); err != nil {
			return nil, err
		}
		c.restore(c.now)
	case !at.IsZero():
		if err := c.notRevoked(); err != nil {
			return nil, err
		}
		c.revoke(Revocation{
			At: at, Author: c.author(), Message: body.RevocationMessage,
			KeepChannels: body.DisableRollbackChannels, SkipDescendants: body.SkipDescendantsRevocation,
		}, c.now)
	}
	return &models.HashicorpCloudPacker20230101UpdateVersionResponse{
		Version: c.versionView(c.scope, true), Operation: c.operation(c.newID()),
	}, nil
}

func (c *call) mayRestore() error {
	if c.version.RevokeAt.IsZero() {
		return failedf("Restoring does not apply. This version is valid and it is not scheduled to be revoked. ")
	}
	if from := c.version.RevocationInheritedFrom; from != nil {
		if v := ancestor(c.project, from); v != nil && !v.RevokeAt.IsZero() {
			return failedf("Directly restoring this version does not apply. The revocation status is inherited from an ancestor version. To restore this version, the revoked ancestor should be restored.")
		}
	}
	return nil
}

// notRevoked returns an error if a version is revoked, because then it "cannot be
// updated unless restored" (the SDK's documentation of UpdateVersion).
func (c *call) notRevoked() error {
	if isStatus(c.version, revoked) || due(c.version, c.now) {
		return failedf("The version with fingerprint %s is revoked. Restore it to update it.", c.version.Fingerprint)
	}
	return nil
}

// revokeAt returns the time of a requested revocation, or zero.
func (c *call) revokeAt(body *models.HashicorpCloudPacker20230101UpdateVersionBody) (time.Time, error) {
	at := time.Time(body.RevokeAt)
	if body.RevokeIn == "" {
		return at, nil
	}
	d, err := parseDuration(body.RevokeIn)
	if err != nil || !at.IsZero() {
		return at, invalidf("revoke_in %q must be a duration such as 30d or 2h45m, without revoke_at", body.RevokeIn)
	}
	return c.now.Add(d), nil
}

// parseDuration parses a duration in days, hours, minutes and seconds.
func parseDuration(text string) (time.Duration, error) {
	if !durationPattern.MatchString(text) {
		return 0, strconv.ErrSyntax
	}
	return time.ParseDuration(daysPattern.ReplaceAllStringFunc(text, func(days string) string {
		n, _ := strconv.ParseFloat(strings.TrimSuffix(days, "d"), 64)
		return strconv.FormatFloat(24*n, 'f', -1, 64) + "h"
	}))
}

// deleteVersion deletes a version that no channel is assigned to, except channels
// that it may move: "latest", which is a choice, and others if asked to.
func (c *call) deleteVersion() (any, error) {
	b, fingerprint := c.bucket, c.params["identifier"]
	v := b.byFingerprint(fingerprint)
	if v == nil {
		return nil, notFoundf("Error: The version with identifier %s does not exist.", fingerprint)
	}
	var assigned []string
	for _, ch := range nonNil(b.Channels) {
		if !ch.Managed && b.Version(ch.Version) == v {
			assigned = append(assigned, ch.Name)
		}
	}
	rollBack := c.query.Get("rollback_channels") == "true"
	if len(assigned) > 0 && !rollBack {
		return nil, failedf("Version is assigned by channels: %s. Please, remove the channels assignment before deleting the version.", strings.Join(assigned, ", "))
	}
	v.Status = models.HashicorpCloudPacker20230101VersionStatusVERSIONUNSET.Pointer() // No channel rolls back to it.
	b.rollBack(v, !rollBack, c.author(), c.now)
	b.drop(v)
	c.dropParents()
	return struct{}{}, nil
}

// drop removes a version, and what refers to it in its bucket.
func (b *Bucket) drop(v *Version) {
	for _, ch := range nonNil(b.Channels) {
		ch.History = slices.DeleteFunc(ch.History, func(a Assignment) bool { return b.Version(a.Version) == v })
	}
	for _, build := range nonNil(v.Builds) {
		b.dropSBOMs(build)
	}
	b.Versions = slices.DeleteFunc(b.Versions, func(e *Version) bool { return e == v })
}

// settle sets the status of an incomplete version, which follows from those of its
// builds. When the last of them is done, it completes the version: it gets its
// number, and the channel "latest" moves to it, unless a parent is revoked.
func (s scope) settle(now time.Time) {
	v := s.version
	v.UpdatedAt = strfmt.DateTime(now)
	if completed(v) {
		return
	}
	count := make(map[BuildStatus]int)
	for _, b := range nonNil(v.Builds) {
		count[*b.Status]++
	}
	switch {
	case count[buildRunning] > 0 || count[buildUnset] == len(v.Builds):
		v.Status = running.Pointer()
	case count[buildFailed] > 0:
		v.Status = failed.Pointer()
	case count[buildCancelled] > 0:
		v.Status = cancelled.Pointer()
	case count[buildUnset] > 0:
		v.Status = incomplete.Pointer()
	default:
		s.complete(now)
	}
}

func (s scope) complete(now time.Time) {
	// The number of a deleted version is used again.
	var last int32
	for _, v := range nonNil(s.bucket.Versions) {
		last = max(last, versionNumber(v))
	}
	s.version.Name = "v" + strconv.Itoa(int(last)+1)
	s.version.Status = active.Pointer()
	s.inheritRevocation(false, now)
	s.bucket.updateLatest(now)
}

// versionView returns the scope's version, which may be nil, as HCP shows it now.
// "Builds are returned on many endpoints, but Build Metadata is only returned for
// Build endpoints and GetVersion" (models.HashicorpCloudPacker20230101Build).
func (c *call) versionView(s scope, metadata bool) *Version {
	if s.version == nil {
		return nil
	}
	view := *s.version
	if due(s.version, c.now) {
		view.Status = revoked.Pointer()
	}
	view.HasDescendants = view.HasDescendants || s.hasChildren()
	if links := s.parents(); len(links) > 0 {
		view.Parents = &models.HashicorpCloudPacker20230101VersionParents{
			Href:   s.href("/ancestry?type=" + parentsType + "&version_fingerprint=" + view.Fingerprint),
			Status: overall(links),
		}
	}
	if metadata {
		return &view
	}
	view.Builds = slices.Clone(view.Builds)
	for i, b := range view.Builds {
		if b != nil {
			bare := *b
			bare.Metadata = nil
			view.Builds[i] = &bare
		}
	}
	return &view
}

func compareTimes(a, b strfmt.DateTime) int {
	return time.Time(a).Compare(time.Time(b))
}
