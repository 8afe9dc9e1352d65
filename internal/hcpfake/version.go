package hcpfake

import (
	"cmp"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

func (c *call) version() (scope, *Version, error) {
	s, err := c.bucket()
	if err != nil {
		return s, nil, err
	}
	fingerprint := c.params["fingerprint"]
	v := find(s.bucket.Versions, func(v *Version) bool { return v.Fingerprint == fingerprint })
	if v == nil {
		return s, nil, unknownFingerprintf("Version with fingerprint %s not found", fingerprint)
	}
	return s, v, nil
}

func (c *call) listVersions() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, nonNil(s.bucket.Versions), sortFields[*Version]{
		"name":       func(a, b *Version) int { return cmp.Compare(versionNumber(a), versionNumber(b)) },
		"created_at": func(a, b *Version) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at": func(a, b *Version) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListVersionsResponse{
		Versions:   mapSlice(list, func(v *Version) *Version { return versionView(v, c.now, false) }),
		Pagination: pagination,
	}, nil
}

func (c *call) getVersion() (any, error) {
	_, v, err := c.version()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetVersionResponse{Version: versionView(v, c.now, true)}, nil
}

func compareTimes(a, b strfmt.DateTime) int {
	return time.Time(a).Compare(time.Time(b))
}
