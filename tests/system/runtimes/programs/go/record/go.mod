module kif/record

go 1.24
