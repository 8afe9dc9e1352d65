package hcpfake

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

const maxDescription = 255

var (
	errLongDescription = invalidf("the description is longer than %d characters", maxDescription)

	// bucketNamePattern also holds for SBOMs.
	bucketNamePattern = regexp.MustCompile(`^[A-Za-z0-9-]{3,36}$`)
)

func (c *call) listBuckets() (any, error) {
	list, pagination, err := sortedPage(c, nonNil(c.project.Buckets), sortFields[*Bucket]{
		"name":       func(a, b *Bucket) int { return cmp.Compare(a.Name, b.Name) },
		"id":         func(a, b *Bucket) int { return cmp.Compare(a.ID, b.ID) },
		"created_at": func(a, b *Bucket) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"updated_at": func(a, b *Bucket) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	views := mapSlice(list, func(b *Bucket) *models.HashicorpCloudPacker20230101Bucket {
		c.bucket = b
		return c.bucketView()
	})
	return &models.HashicorpCloudPacker20230101ListBucketsResponse{Buckets: views, Pagination: pagination}, nil
}

func (c *call) getBucket() (any, error) {
	return &models.HashicorpCloudPacker20230101GetBucketResponse{Bucket: c.bucketView()}, nil
}

// createBucket creates a bucket and its channel "latest".
func (c *call) createBucket(body *models.HashicorpCloudPacker20230101CreateBucketBody) (any, error) {
	switch {
	case !bucketNamePattern.MatchString(body.Name):
		return nil, invalidf("invalid bucket name %q: want 3 to 36 letters, digits and hyphens", body.Name)
	case len(body.Description) > maxDescription:
		return nil, errLongDescription
	case c.project.Bucket(body.Name) != nil:
		return nil, existsf("Error: The bucket with identifier %s already exists.", body.Name)
	}
	c.bucket = &Bucket{
		ID: c.newID(), Name: body.Name, Description: body.Description, Labels: body.Labels,
		CreatedAt: c.now, UpdatedAt: c.now,
		Channels: []*Channel{{
			ID: c.newID(), Name: latestChannel, AuthorID: managedAuthor, Managed: true, Restricted: true,
			CreatedAt: c.now, UpdatedAt: c.now,
		}},
	}
	c.project.Buckets = append(c.project.Buckets, c.bucket)
	return &models.HashicorpCloudPacker20230101CreateBucketResponse{Bucket: c.bucketView()}, nil
}

// updateBucket replaces the description and the labels. Platforms are those of the
// newest complete version, and cannot be set.
func (c *call) updateBucket(body *models.HashicorpCloudPacker20230101UpdateBucketBody) (any, error) {
	if len(body.Description) > maxDescription {
		return nil, errLongDescription
	}
	c.bucket.Description, c.bucket.Labels, c.bucket.UpdatedAt = body.Description, body.Labels, c.now
	return &models.HashicorpCloudPacker20230101UpdateBucketResponse{Bucket: c.bucketView()}, nil
}

func (c *call) deleteBucket() (any, error) {
	c.project.Buckets = slices.DeleteFunc(c.project.Buckets, func(b *Bucket) bool { return b == c.bucket })
	c.dropParents()
	delete(c.project.Policies, c.bucketResource())
	return struct{}{}, nil
}

// getEnforcedBlocks returns the blocks that Packer must add to the templates of a
// bucket. They can only be seeded.
func (c *call) getEnforcedBlocks() (any, error) {
	return &models.HashicorpCloudPacker20230101GetEnforcedBlocksByBucketResponse{EnforcedBlockDetail: c.bucket.EnforcedBlocks}, nil
}

func (c *call) bucketView() *models.HashicorpCloudPacker20230101Bucket {
	b, newest, latest := c.bucket, c.scope, c.scope
	newest.version = b.newestComplete()
	view := &models.HashicorpCloudPacker20230101Bucket{
		ID: b.ID, Name: b.Name, Description: b.Description, Labels: b.Labels,
		CreatedAt: strfmt.DateTime(b.CreatedAt), UpdatedAt: strfmt.DateTime(b.UpdatedAt),
		Location:     c.location(),
		ResourceName: c.bucketResource(),
		Platforms:    platforms(newest.version),
		VersionCount: strconv.Itoa(len(b.Versions)),
	}
	if latest.channel = b.Channel(latestChannel); latest.channel != nil {
		view.LatestVersion = c.versionView(c.assigned(latest), false)
	}
	if links := newest.parents(); len(links) > 0 {
		view.Parents = &models.HashicorpCloudPacker20230101BucketParents{Href: c.href("/ancestry?type=" + parentsType), Status: overall(links)}
	}
	if links := c.children(); len(links) > 0 {
		view.Children = &models.HashicorpCloudPacker20230101BucketChildren{Href: c.href("/ancestry?type=" + childrenType), Status: overall(links)}
	}
	return view
}

func (s scope) bucketResource() string {
	return fmt.Sprintf("packer/project/%s/bucket/%s", s.project.ID, s.bucket.Name)
}

func platforms(v *Version) []string {
	list := []string{}
	if v == nil {
		return list
	}
	for _, b := range nonNil(v.Builds) {
		if b.Platform != "" && !slices.Contains(list, b.Platform) {
			list = append(list, b.Platform)
		}
	}
	return list
}
