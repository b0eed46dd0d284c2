module kif/native

go 1.24

require kif/record v0.0.0

replace kif/record => ../record
