package hcpfake

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
)

func (c *call) legacyGetRegistry() (any, error) {
	s, err := c.registry()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerGetRegistryResponse{Registry: legacyRegistry(s.project.Registry)}, nil
}

func (c *call) legacyGetRunTask() (any, error) {
	url, key, err := c.runTask()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerGetRegistryTFCRunTaskAPIResponse{APIURL: url, HmacKey: key}, nil
}

func (c *call) legacyListBuckets() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, nonNil(s.project.Buckets), bucketSortFields("slug"))
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerListBucketsResponse{
		Buckets: mapSlice(list, func(b *Bucket) *models.HashicorpCloudPackerBucket {
			return c.legacyBucket(scope{s.org, s.project, b})
		}),
		Pagination: pagination,
	}, nil
}

func (c *call) legacyGetBucket() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerGetBucketResponse{Bucket: c.legacyBucket(s)}, nil
}

func (c *call) legacyListChannels() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerListChannelsResponse{
		Channels: mapSlice(nonNil(s.bucket.Channels), func(ch *Channel) *models.HashicorpCloudPackerChannel {
			return c.legacyChannel(s.bucket, ch)
		}),
	}, nil
}

func (c *call) legacyGetChannel() (any, error) {
	s, ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPackerGetChannelResponse{Channel: c.legacyChannel(s.bucket, ch)}, nil
}

// legacyGetIteration looks an iteration up by exactly one of its three keys.
func (c *call) legacyGetIteration() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	matches, err := c.iterationQuery()
	if err != nil {
		return nil, err
	}
	v := find(s.bucket.Versions, matches)
	switch fingerprint := c.query.Get("fingerprint"); {
	case v == nil && fingerprint != "":
		return nil, unknownFingerprintf("Iteration with fingerprint %s not found", fingerprint)
	case v == nil:
		return nil, notFoundf("iteration not found in bucket %q", s.bucket.Name)
	}
	return &models.HashicorpCloudPackerGetIterationResponse{Iteration: legacyIteration(v)}, nil
}

func (c *call) iterationQuery() (func(*Version) bool, error) {
	id, fingerprint, incremental := c.query.Get("iteration_id"), c.query.Get("fingerprint"), c.query.Get("incremental_version")
	given := strings.Fields(id + " " + fingerprint + " " + incremental)
	switch {
	case len(given) != 1:
		return nil, invalidf("exactly one of iteration_id, fingerprint and incremental_version is required")
	case id != "":
		return func(v *Version) bool { return v.ID == id }, nil
	case fingerprint != "":
		return func(v *Version) bool { return v.Fingerprint == fingerprint }, nil
	}
	n, err := strconv.ParseInt(incremental, 10, 32)
	if err != nil || n < 1 {
		return nil, invalidf("incremental_version %q is not a positive number", incremental)
	}
	return func(v *Version) bool { return int64(versionNumber(v)) == n }, nil
}

func legacyRegistry(r *Registry) *models.HashicorpCloudPackerRegistry {
	old := &models.HashicorpCloudPackerRegistry{
		ID:        r.ID,
		CreatedAt: r.CreatedAt,
		UpdatedAt: r.UpdatedAt,
		Location:  r.Location,
	}
	if r.Config == nil {
		return old
	}
	old.Config = &models.HashicorpCloudPackerRegistryConfig{
		Activated:   r.Config.Activated,
		FeatureTier: convertEnum[models.HashicorpCloudPackerRegistryConfigTier](r.Config.FeatureTier, ""),
	}
	if d := r.Config.BillingDeprovision; d != nil {
		old.Config.BillingDeprovision = &models.HashicorpCloudPackerRegistryBillingDeprovision{
			At:     d.At,
			Reason: convertEnum[models.HashicorpCloudPackerRegistryBillingDeprovisionReason](d.Reason, ""),
		}
	}
	return old
}

func (c *call) legacyBucket(s scope) *models.HashicorpCloudPackerBucket {
	b := s.bucket
	complete := b.newestComplete()
	old := &models.HashicorpCloudPackerBucket{
		ID:             b.ID,
		Slug:           b.Name,
		Description:    b.Description,
		Labels:         b.Labels,
		CreatedAt:      strfmt.DateTime(b.CreatedAt),
		UpdatedAt:      strfmt.DateTime(b.UpdatedAt),
		Location:       location(s.org, s.project),
		Platforms:      platforms(complete),
		IterationCount: strconv.Itoa(len(b.Versions)),
	}
	if complete != nil {
		old.LatestVersion = versionNumber(complete)
	}
	// Unlike the number above, "this iteration may be complete or not"
	// (models.HashicorpCloudPackerBucket).
	if latest := maxFunc(b.Versions, byCreation, func(*Version) bool { return true }); latest != nil {
		old.LatestIteration = legacyLatest(legacyIteration(latest))
	}
	return old
}

// byCreation compares versions by creation time, then by number.
func byCreation(a, b *Version) int {
	return cmp.Or(compareTimes(a.CreatedAt, b.CreatedAt), cmp.Compare(versionNumber(a), versionNumber(b)))
}

func (c *call) legacyChannel(b *Bucket, ch *Channel) *models.HashicorpCloudPackerChannel {
	old := &models.HashicorpCloudPackerChannel{
		ID:         ch.ID,
		Slug:       ch.Name,
		BucketSlug: b.Name,
		AuthorID:   ch.AuthorID,
		CreatedAt:  strfmt.DateTime(ch.CreatedAt),
		UpdatedAt:  strfmt.DateTime(ch.UpdatedAt),
		Managed:    ch.Managed,
		Restricted: ch.Restricted,
	}
	if v := c.assigned(b, ch); v != nil {
		old.Iteration = legacyIteration(v)
		old.Pointer = &models.HashicorpCloudPackerChannelIterationPointer{
			AuthorID:  ch.AuthorID,
			CreatedAt: strfmt.DateTime(ch.UpdatedAt),
			Iteration: legacyIteration(v),
		}
	}
	return old
}

// legacyIteration converts a version. Iterations have no status; their clients
// use revoke_at.
func legacyIteration(v *Version) *models.HashicorpCloudPackerIteration {
	old := &models.HashicorpCloudPackerIteration{
		ID:                 v.ID,
		BucketSlug:         v.BucketName,
		Fingerprint:        v.Fingerprint,
		IncrementalVersion: versionNumber(v),
		Complete:           completed(v),
		AuthorID:           v.AuthorID,
		TemplateType:       convertEnum[models.HashicorpCloudPackerIterationTemplateType](v.TemplateType, ""),
		HasDescendants:     v.HasDescendants,
		CreatedAt:          v.CreatedAt,
		UpdatedAt:          v.UpdatedAt,
		RevokeAt:           v.RevokeAt,
		RevocationAuthor:   v.RevocationAuthor,
		RevocationMessage:  v.RevocationMessage,
		RevocationType:     convertEnum[models.HashicorpCloudPackerIterationRevocationType](v.RevocationType, "REVOCATION_TYPE_"),
	}
	if from := v.RevocationInheritedFrom; from != nil {
		old.RevocationInheritedFrom = &models.HashicorpCloudPackerRevokedAncestor{
			BucketSlug:                  from.BucketName,
			Href:                        from.Href,
			IterationFingerprint:        from.VersionFingerprint,
			IterationID:                 from.VersionID,
			IterationIncrementalVersion: versionNumber(&Version{Name: from.VersionName}),
		}
	}
	if v.Builds != nil {
		old.Builds = mapSlice(v.Builds, legacyBuild)
	}
	return old
}

func legacyBuild(b *Build) *models.HashicorpCloudPackerBuild {
	if b == nil {
		return nil
	}
	old := &models.HashicorpCloudPackerBuild{
		ID:            b.ID,
		IterationID:   b.VersionID,
		CloudProvider: b.Platform,
		ComponentType: b.ComponentType,
		Labels:        b.Labels,
		PackerRunUUID: b.PackerRunUUID,
		SourceImageID: b.SourceExternalIdentifier,
		Status:        convertEnum[models.HashicorpCloudPackerBuildStatus](b.Status, "BUILD_"),
		CreatedAt:     b.CreatedAt,
		UpdatedAt:     b.UpdatedAt,
	}
	if b.Artifacts != nil {
		old.Images = mapSlice(b.Artifacts, legacyImage)
	}
	return old
}

func legacyImage(a *Artifact) *models.HashicorpCloudPackerImage {
	if a == nil {
		return nil
	}
	return &models.HashicorpCloudPackerImage{
		ID:        a.ID,
		ImageID:   a.ExternalIdentifier,
		Region:    a.Region,
		CreatedAt: a.CreatedAt,
	}
}

// legacyLatest converts an iteration to the type of a bucket's latest iteration.
func legacyLatest(i *models.HashicorpCloudPackerIteration) *models.HashicorpCloudPackerBucketLatestIteration {
	return &models.HashicorpCloudPackerBucketLatestIteration{
		ID:                      i.ID,
		BucketSlug:              i.BucketSlug,
		Fingerprint:             i.Fingerprint,
		IncrementalVersion:      i.IncrementalVersion,
		Complete:                i.Complete,
		AuthorID:                i.AuthorID,
		CreatedAt:               i.CreatedAt,
		UpdatedAt:               i.UpdatedAt,
		RevokeAt:                i.RevokeAt,
		RevocationAuthor:        i.RevocationAuthor,
		RevocationMessage:       i.RevocationMessage,
		RevocationType:          i.RevocationType,
		RevocationInheritedFrom: i.RevocationInheritedFrom,
		Builds: mapSlice(i.Builds, func(b *models.HashicorpCloudPackerBuild) *models.HashicorpCloudPackerLatestIterationBuild {
			if b == nil {
				return nil
			}
			return &models.HashicorpCloudPackerLatestIterationBuild{
				ID:            b.ID,
				IterationID:   b.IterationID,
				CloudProvider: b.CloudProvider,
				ComponentType: b.ComponentType,
				Labels:        b.Labels,
				PackerRunUUID: b.PackerRunUUID,
				SourceImageID: b.SourceImageID,
				Status:        b.Status,
				Images:        b.Images,
				CreatedAt:     b.CreatedAt,
				UpdatedAt:     b.UpdatedAt,
			}
		}),
	}
}

// convertEnum converts between enumerations whose values are equal except for a
// prefix.
func convertEnum[To, From ~string](value *From, prefix string) *To {
	if value == nil {
		return nil
	}
	to := To(strings.TrimPrefix(string(*value), prefix))
	return &to
}
