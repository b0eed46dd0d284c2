module kif/golang-fips

go 1.24

require kif/record v0.0.0

replace kif/record => ../record

require github.com/golang-fips/openssl/v2 v2.0.3
