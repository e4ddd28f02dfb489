# Where things are; change these two lines.
database=${DATABASE:-/var/lib/shop/shop.db}
folder=${BACKUPS:-/var/backups/shop}
