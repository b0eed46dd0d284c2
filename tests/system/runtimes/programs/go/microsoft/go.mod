module kif/microsoft

go 1.24

require kif/record v0.0.0

replace kif/record => ../record

require github.com/microsoft/go-crypto-openssl v0.2.9
